"""What the plugins of all hosts need and none should write twice. No toolkit, no host.

`signals` tells that something happened · `requests` asks the worker.
"""
