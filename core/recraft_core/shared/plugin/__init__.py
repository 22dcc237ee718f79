"""What the plugins of all hosts need and none should write twice. No toolkit, no host.

`signals` tells that something happened · `requests` asks the worker · `queue` which clicks count, and in which order
their jobs run · `placement` where a result goes in the tree of layers · `following` how it follows a canvas that was
cropped, turned or scaled meanwhile · `rows`, `groups` what a docker shows at which size, and its results in groups ·
`worker_setup` fetches the worker of a plugin that came without one ·
`presets`, `many` options under a name, many requests in one go and what became of each · `shapes`, `in_picture` a
drawing's shapes and colours, the history in a picture's file · `verbs` what a docker offers · `choices` reads and
explains a dialog's fields · `mnemonics` gives each a letter.
"""
