"""Show what a fill would send and cost, and do it only when it stays below a limit in units.

python price_first.py PICTURE MASK PROMPT LIMIT
"""

import sys

from recraft_core import Studio

picture, mask, prompt, limit = sys.argv[1:5]
job = Studio().job("inpaint", picture, mask=mask, prompt=prompt)
print(job.plan.price, *job.plan.notes, sep="\n")
if job.plan.units > int(limit):
    sys.exit(f"That is more than {limit} units; nothing was sent.")
print(*job.run().save("filled.png"))
