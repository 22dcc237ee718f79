"""Enhancing a prompt: the user's words stay first, gaps are filled, nothing already said is said again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_local.sketch.enhance import enhance


@given(st.text(min_size=1, max_size=2000))
@settings(deadline=None)  # the first one opens the vocabulary
def test_the_users_words_come_first_and_the_answer_is_steady(prompt):
    answer = enhance(prompt)
    assert answer.startswith(prompt.strip())
    assert answer == enhance(prompt)
    if len(prompt) <= 1000:
        assert len(answer) <= 1000


def test_a_short_prompt_becomes_several_sentences_about_what_it_names():
    answer = enhance("a red boat on a lake at sunset")
    assert answer.count(".") >= 4
    assert "water" in answer.lower()
    assert "low sun" in answer.lower()


@pytest.mark.parametrize(
    ("prompt", "said", "unsaid"),
    [
        ("a boat at sunset, soft light", "light", "Low sun"),
        ("a boat at sunset", "", "Midnight"),
        ("a fox, detailed texture", "texture", "paper grain"),
        ("aerial view of a forest", "view", "third"),
    ],
)
def test_what_the_prompt_decides_is_left_to_it(prompt, said, unsaid):
    answer = enhance(prompt)
    assert said in answer
    assert unsaid not in answer[len(prompt) :]


def test_graphic_work_gets_no_scenery():
    answer = enhance("logo of a bear")
    assert "trunks" not in answer
    assert any(word in answer for word in ("silhouette", "motif"))


@pytest.mark.parametrize(("prompt", "noun"), [("three cats", "cats"), ("two women", "women"), ("five berries", "berries"), ("a cat", "cat")])
def test_nouns_keep_their_number(prompt, noun):
    answer = enhance(f"{prompt} in a room")[len(prompt) :]
    assert f" {noun} " in answer or f" {noun}," in answer


def test_a_full_prompt_is_not_cut():
    prompt = "a cat " * 166
    assert enhance(prompt) == prompt.strip() + "."


def test_an_empty_prompt_stays_empty():
    assert enhance("  ") == ""
