"""The networks in data/: that they are the ones named there, and that both runners agree."""

import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest
from recraft_local.pictures import net

SUMS = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", (net.DATA / "NOTICE").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_file_of_data_is_named_in_the_notice():
    kept = {path.name for path in net.DATA.iterdir() if path.suffix in (".bin", ".param", ".npz", ".xz")}
    assert kept == set(SUMS.values())


@pytest.mark.parametrize(("expected", "name"), SUMS.items())
def test_a_network_is_the_one_the_notice_speaks_of(expected, name):
    assert hashlib.sha256((net.DATA / name).read_bytes()).hexdigest() == expected


@pytest.mark.parametrize(("name", "shape", "levels"), [("u2netp", (3, 320, 320), 1), ("span2", (3, 23, 40), 255)])
def test_numpy_and_ncnn_agree_to_a_thousandth(name, shape, levels):
    pytest.importorskip("ncnn")
    x = np.random.default_rng(3).normal(0, 255 / levels / 4, shape).astype(np.float32)
    assert np.abs(net.run_numpy(name, x) - net.run(name, x)).max() < 1e-3


def test_a_transposed_picture_is_not_lost_on_its_way_into_ncnn():
    pytest.importorskip("ncnn")
    x = np.random.default_rng(3).normal(0, 50, (24, 20, 3)).astype(np.float32)
    plain = net.run("span4", np.ascontiguousarray(x.transpose(2, 0, 1)))
    assert np.array_equal(net.run("span4", (x + 0).transpose(2, 0, 1)), plain)


REMAINS = """
import sys
import numpy as np
from recraft_local.pictures import matte, memory

def megabytes(field):
    return int(next(line for line in open("/proc/self/status") if line.startswith(field)).split()[1]) // 1024

picture = np.random.default_rng(1).integers(0, 256, (700, 900, 3), np.uint8)
before = megabytes("VmRSS")
for _ in range(2):
    matte.alpha(picture)
    memory.give_back()
print(megabytes("VmHWM") - before, megabytes("VmRSS") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_of_a_cut_out_is_given_back():
    pytest.importorskip("ncnn")
    done = subprocess.run([sys.executable, "-c", REMAINS], capture_output=True, text=True, check=True)
    peak, kept = map(int, done.stdout.split())
    assert peak < 320, "the largest run of the network"
    assert kept < 40, "what stays when nothing is at work: modules, not pictures"


THREADS_REMAIN = """
import numpy as np
from recraft_local.pictures import memory, upscale

def megabytes():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) // 1024

memory.share_one_stock()
picture = np.random.default_rng(1).integers(0, 256, (320, 320, 4), np.uint8)
for _ in range(3):
    upscale.enlarge(picture)
    memory.give_back()
    print(megabytes())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_of_networks_on_threads_is_given_back():
    pytest.importorskip("ncnn")
    done = subprocess.run([sys.executable, "-c", THREADS_REMAIN], capture_output=True, text=True, check=True)
    assert max(map(int, done.stdout.split())) < 50
