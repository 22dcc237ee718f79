"""What the plugins of all hosts need and none should write twice. No toolkit, no host.

`signals` tells that something happened · `requests` asks the worker, `library` keeps what it knows · `host` what is
asked of a host's canvas, `strips` reads it bit by bit · `queue` which clicks count, and in which order their jobs run:
`jobs` those of one window, `document_job` and `document_jobs` those of several documents, `frame_run` those of an
animation's frames · `state` what a docker shows and a click would do, `result` what came back · `placement` where a
result goes in the tree of layers · `following` how it follows a canvas that was cropped, turned or scaled meanwhile ·
`rows`, `groups` what a docker shows at which size, and its results in groups · `worker_setup` fetches the worker of a
plugin that came without one · `presets`, `memory`, `many` options under a name, those of the last time, many requests
in one go and what became of each · `in_place`, `removal` put a result into the pixels it was made from, and hide what
lies below one · `shapes`, `vectors`, `words` a drawing's shapes and colours, its place, a text's words with their boxes
· `placed`, `in_picture` which results lie in a picture, the history in its file · `verbs` what a docker offers ·
`choices` reads and explains a dialog's fields · `mnemonics` gives each a letter.
"""
