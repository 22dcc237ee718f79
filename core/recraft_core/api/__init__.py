"""The way to the service: `wire` turns calls into bytes and answers into data, `client` sends, retries and fetches,
`service` chooses who answers, `embedded` starts the engine on this computer, `warm` shares it among a user's programs.
"""
