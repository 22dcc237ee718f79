"""All that travels into the plugins: this folder runs, copied whole, in the Pythons of Krita and GIMP.

Standard library only, written for Python 3.8, imports relative.
"""

__version__ = "0.1.0"
# The project's home: its page, and where it is asked which version is out (see `api.releases`).
HOME = "https://pypi.org/project/recraft-canvas/"
REINSTALL = "pip install --force-reinstall recraft-canvas"
