"""Pictures: raw pixels, masks, encoding, decoding, files and compositing.

`pixels` views, crops, resizes · `mask` selection to mask, feather, bounds · `encode` pixels to the fewest bytes that
serve, with `png` · `decode` untrusted bytes to pixels · `compose` cut and place · `readfile` picture files of any kind,
with `colour` for their profiles · `svg` drawings made safe and drawn · `canvas` either as something to work on.

Two types run through all rooms: `Pixels` is uint8 (height, width, 4), RGBA, straight alpha, sRGB; `Coverage` is
uint8 (height, width), 0..255. The modules are imported one by one: numpy and Pillow cost time at start-up.
"""
