"""Given to GIMP's batch interpreter: call the smoke plug-in, then photograph the screen GIMP is on."""
import os
import subprocess
import time
from pathlib import Path

from gi.repository import Gimp

procedure = Gimp.get_pdb().lookup_procedure("recraft-smoke")
procedure.run(procedure.create_config())
time.sleep(2)  # the window is laid out and painted by GIMP itself, while this waits
subprocess.run(["import", "-window", "root", Path(os.environ["RECRAFT_SMOKE_OUT"], "window.png")], check=True)
