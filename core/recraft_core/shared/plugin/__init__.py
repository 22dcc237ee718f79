"""What the plugins of all hosts need and none should write twice. No toolkit, no host.

`signals` tells that something happened · `requests` asks the worker · `queue` which clicks count, and in which order
their jobs run · `placement` where a result goes in the tree of layers · `following` how it follows a canvas that was
cropped, turned or scaled meanwhile · `verbs` what a docker offers · `choices` reads and explains a dialog's fields ·
`mnemonics` gives each a letter.
"""
