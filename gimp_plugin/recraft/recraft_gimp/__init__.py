"""Recraft in GIMP 3, in reading order: `menu` what there is, `arguments` options as GIMP's arguments, `procedures`
their registration, `running` the three run modes, `bar` GIMP's progress bar, `reading` from the image, `requests`
to the worker and back, `placing` and `drawings` into the image, `saving` into a file, `memory` last prompts; `ui_…`
the windows, loaded only when one opens.
"""
