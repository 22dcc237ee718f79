"""Enhance a prompt by rule: keep the words, then say what a picture of them needs."""
from __future__ import annotations
def enhance(prompt: str) -> str:
    """to be filled"""
    return prompt
