"""What bytes that cannot be opened are called, and what to do about them: a kind is named, never "damaged"."""

from __future__ import annotations

from typing import NamedTuple


class FileKind(NamedTuple):
    """A kind of file: what a person calls it, and what to do with one. `pillow` is Pillow's name where a plug-in may
    open it.
    """

    name: str
    remedy: str
    pillow: str = ""


AS_PNG = "Open it in an editor, save it as PNG and use that."
_DEVELOP = "Develop it in darktable, RawTherapee or the like, and use the TIFF or JPEG that it exports."
_DRAWN = "Export the page that is meant as PNG."
_EXPORT = "Open it where it was made and export it as PNG."
HEIF = FileKind(
    "a HEIF picture (HEIC, as phones take them)",
    'Install one package, pip install "recraft-canvas[heif]", or save it as JPEG.',
    "HEIF",
)
JXL = FileKind(
    "a JPEG XL picture", 'Install one package, pip install "recraft-canvas[jxl]", or save it as PNG.', "JXL"
)  # fmt: skip
AVIF = FileKind("an AVIF picture", "Update Pillow (pip install -U Pillow), or save it as PNG.", "AVIF")
_PAGE = FileKind("a web page", "Save the picture itself, not the page that shows it.")
_ZEROS = FileKind("a file of zeros, as a copy leaves that was not finished", "Copy or download it again.")
RAW = FileKind("a camera's raw file", _DEVELOP)

# First bytes -> kind. Sources: the kinds' own specifications, and the file command's magic where there is none.
_STARTS = {
    b"\xff\x0a": JXL,
    b"\0\0\0\x0cJXL \r\n\x87\n": JXL,
    b"gimp xcf": FileKind("a GIMP file (XCF)", "Export it from GIMP as PNG (File > Export As)."),
    b"%PDF": FileKind("a PDF document", _DRAWN),
    b"%!PS": FileKind("a PostScript file", _DRAWN),
    b"\xc5\xd0\xd3\xc6": FileKind("a PostScript file", _DRAWN),
    b"\xd7\xcd\xc6\x9a": FileKind("a Windows metafile", _DRAWN),
    b"v/1\x01": FileKind("an OpenEXR picture", AS_PNG),
    b"#?RADIANCE": FileKind("a Radiance HDR picture", AS_PNG),
    b"#?RGBE": FileKind("a Radiance HDR picture", AS_PNG),
    b"SIMPLE  =": FileKind("an astronomer's FITS file", AS_PNG),
    b"8BPS\0\2": FileKind("a large Photoshop file (PSB)", AS_PNG),
    b"\x8aMNG": FileKind("an MNG animation", AS_PNG),
    b"\x8bJNG": FileKind("a JNG picture", AS_PNG),
    b"FUJIFILMCCD-RAW": RAW,
    b"IIRO": RAW,
    b"IIRS": RAW,
    b"IIU\0": RAW,
    b"FOVb": RAW,
    b"II\xbc": FileKind("a JPEG XR picture", AS_PNG),
    b"icns": FileKind("a Mac icon (ICNS)", AS_PNG),
    b"farbfeld": FileKind("a farbfeld picture", AS_PNG),
    b"BPG\xfb": FileKind("a BPG picture", AS_PNG),
    b"FLIF": FileKind("a FLIF picture", AS_PNG),
    b"\x1aE\xdf\xa3": FileKind("a film", "Take a picture out of it and use that."),
    b"\x89PNG": FileKind(
        "a PNG that was copied as if it were text, which damages it", "Copy or download it again, as a binary file."
    ),
    b"[InternetShortcut]": FileKind("a shortcut, not the picture itself", "Name the picture that it leads to."),
    b"L\0\0\0\1\x14\2\0": FileKind("a shortcut, not the picture itself", "Name the picture that it leads to."),
    b"version https://git-lfs": FileKind(
        "a pointer of Git LFS to a picture that is not here", "Fetch the picture first: git lfs pull."
    ),
    b"\x1f\x8b": FileKind("a file packed with gzip", "Unpack it first."),
    b"PK\x05\x06": FileKind("an empty ZIP archive", "Choose another file."),
    b"Rar!": FileKind("a RAR archive", "Unpack it first."),
    b"7z\xbc\xaf": FileKind("a 7-Zip archive", "Unpack it first."),
    b"id=ImageMagick": FileKind("ImageMagick's own file (MIFF)", AS_PNG),
    b"/* XPM": FileKind("an XPM picture", AS_PNG),
    b"! XPM": FileKind("an XPM picture", AS_PNG),
    b"#define ": FileKind("C source text, such as an XBM picture", AS_PNG),
    b"\x59\xa6\x6a\x95": FileKind("a Sun raster picture", AS_PNG),
    b"SDPX": FileKind("a DPX picture", AS_PNG),
    b"XPDS": FileKind("a DPX picture", AS_PNG),
    b"\x80\x2a\x5f\xd7": FileKind("a Cineon picture", AS_PNG),
    b"\x97JB2": FileKind("a JBIG2 picture", AS_PNG),
    b"FORM": FileKind("an Amiga IFF picture", AS_PNG),
    b"\x0a\x04\x01\x01": FileKind("a PCX picture of an uncommon kind", AS_PNG),
    b"DanM": FileKind("an MSP picture", AS_PNG),
    b"LinS": FileKind("an MSP picture", AS_PNG),
    b"\xb1\x68\xde\x3a": FileKind("a DCX fax", AS_PNG),
    b"BLP1": FileKind("a BLP texture", AS_PNG),
    b"BLP2": FileKind("a BLP texture", AS_PNG),
    b"VTF\0": FileKind("a VTF texture", AS_PNG),
    b"\xabKTX": FileKind("a KTX texture", AS_PNG),
    b"FTEX": FileKind("an FTEX texture", AS_PNG),
    b"\0\0\2\0": FileKind("a mouse pointer (CUR), or a TGA picture of an uncommon kind", AS_PNG),
    b"\xd0\xcf\x11\xe0": FileKind("an old Microsoft document", _EXPORT),
    b"SQLite format 3": FileKind("a database, such as Clip Studio's or Affinity's file", _EXPORT),
    b"CSFCHUNK": FileKind("a Clip Studio Paint file", _EXPORT),
    b"Paint Shop Pro Image File": FileKind("a Paint Shop Pro file", _EXPORT),
    b"PDN3": FileKind("a Paint.NET file", _EXPORT),
    b"SAI-CANVAS": FileKind("a PaintTool SAI file", _EXPORT),
    b"P7": FileKind("a PAM picture", AS_PNG),
    b"PF\n": FileKind("a PFM picture in colour", AS_PNG),
    b"BM": FileKind("a BMP picture of an uncommon kind", AS_PNG),
    b"8BPS": FileKind("a Photoshop file of an uncommon kind", "Save it as PNG, or with 8 bits a channel."),
}
FILM = FileKind("a film", "Take a picture out of it and use that.")
_ZIPPED = {
    b"mimetypeapplication/x-krita": FileKind("a Krita document", "Export it from Krita as PNG (File > Export)."),
    b"mimetypeimage/openraster": FileKind("an OpenRaster document", _EXPORT),
    b"mimetypeapplication/vnd.oasis": FileKind("an office document", _EXPORT),
}
# Brands of the ISO base media file format, ISO/IEC 14496-12; brands of HEIF as in ISO/IEC 23008-12.
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"), HEIF),
    **dict.fromkeys((b"avif", b"avis"), AVIF),
    b"jxl ": JXL,
    b"crx ": RAW,
    **dict.fromkeys((b"qt  ", b"isom", b"mp41", b"mp42", b"M4V "), FILM),
}


def kind_of(head: bytes) -> FileKind | None:
    """The kind that the first 256 or more bytes of a file tell; None for bytes of no known kind."""
    if head[4:8] == b"ftyp":
        brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(len(head), 64), 4))]
        kinds = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
        # An AVIF file may call itself mif1 first, which says nothing of what is in it.
        return AVIF if AVIF in kinds else next(iter(kinds), None)
    if head.startswith(b"PK\x03\x04"):
        contents = next((kind for start, kind in _ZIPPED.items() if head[30:].startswith(start)), None)
        return contents or FileKind("a ZIP archive", "Unpack it first.")
    text = head.lstrip()
    if text[:14].lower().startswith((b"<!doctype html", b"<html")):
        return _PAGE
    if head and not head.strip(b"\0"):
        return _ZEROS
    return next((kind for start, kind in _STARTS.items() if head.startswith(start) or text.startswith(start)), None)
