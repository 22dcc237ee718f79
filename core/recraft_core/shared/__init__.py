"""All that travels into the plugins: this folder runs, copied whole, in the Pythons of Krita and GIMP.

Standard library only, written for Python 3.8, imports relative.
"""

__version__ = "0.1.0"
REINSTALL = "pip install --force-reinstall recraft-canvas"
