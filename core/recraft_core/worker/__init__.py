"""The process the plugins talk to: messages in, messages out.

`main` is the process, from its greeting to its end · `dispatcher` hands each message on · `job` carries out one click ·
`handlers` answers everything else, with `thumbnails`.
"""
