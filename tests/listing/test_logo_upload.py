"""An operator's own logo: judged by what it is, drawn anew, kept, and shown wherever payers look."""

import io
import json
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw, PngImagePlugin

from apps.audit.models import AuditEntry
from apps.listing.face import face
from apps.listing.logo import Logo, LogoRefused, drawn
from apps.listing.models import AppListing
from apps.listing.packet import archive, packet, sheets
from apps.plans.models import Plan
from tests.listing.test_packet import ON, unpacked

PLACE = "/admin/listing/logo/add/"
SCRIPT = b"<script>alert(1)</script>"


def picture(side: int = 600, *, high: int = 0, form: str = "PNG", **options: Any) -> bytes:
    """Return a picture with a circle in it."""
    image = Image.new("RGB", (side, high or side), "#0a4f4d")
    ImageDraw.Draw(image).ellipse((40, 40, side - 40, side - 40), fill="#f5f1e8")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """Return a PNG that says it is of this size, in a few bytes."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def moving() -> bytes:
    frames = [Image.new("RGB", (600, 600), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def noise() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((520, 520), 90).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">%s</svg>'
HOSTILE = {
    "an SVG with a program": (SVG % SCRIPT, "no PNG or JPEG"),
    "an SVG of shapes": (SVG % b'<rect width="9" height="9"/>', "SVG is not taken"),
    "an SVG that loads": (SVG % b'<image href="https://elsewhere.example/x"/>', "no PNG or JPEG"),
    "an XML that grows": (b'<!DOCTYPE s [<!ENTITY a "aa">]><svg>&a;</svg>', "no PNG or JPEG"),
    "a page": (b"<!doctype html>" + SCRIPT, "no PNG or JPEG"),
    "nothing but the first bytes": (b"\x89PNG\r\n\x1a\n", "no PNG or JPEG"),
    "cut off": (picture()[:900], "no PNG or JPEG"),
    "a GIF": (picture(form="GIF"), "no PNG or JPEG"),
    "a WebP": (picture(form="WEBP"), "no PNG or JPEG"),
    "a PDF": (picture(form="PDF"), "no PNG or JPEG"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 600 600\n", "no PNG or JPEG"),
    "not square": (picture(600, high=599), "a square"),
    "too small": (picture(511), "512 to 4096"),
    "too wide": (bomb(4097), "512 to 4096"),
    "a bomb": (bomb(50_000), "512 to 4096|no PNG or JPEG"),
    "fewer pixels than it says": (bomb(4000), "no PNG or JPEG"),
    "moving": (moving(), "moves"),
    "over 2 MB": (picture() + b"\0" * 2_100_000, "over 2 MB"),
    "noise": (noise(), "over 256 KB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_logo_is_refused_in_words(name: str) -> None:
    file, words = HOSTILE[name]
    with pytest.raises(LogoRefused, match=words):
        drawn(file)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_pixels_are_drawn_anew_and_nothing_else_of_the_file_is_kept(form: str) -> None:
    """What stands behind the picture, in its notes and in its metadata is gone."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SCRIPT.decode())
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    file = picture(800, form=form, exif=exif, **({"pnginfo": notes} if form == "PNG" else {})) + SCRIPT
    assert file.count(SCRIPT) > 1
    for side, png in drawn(file).items():
        assert SCRIPT not in png
        with Image.open(io.BytesIO(png)) as again:
            assert (again.format, again.size, again.info) == ("PNG", (side, side), {})


def send(browser: Client, file: bytes, name: str = "logo.png", said: str = "image/png") -> Any:
    return browser.post(PLACE, {"picture": SimpleUploadedFile(name, file, content_type=said)}, follow=True)


def test_the_logo_is_what_payers_are_shown_and_packed(operator: Client, client: Client, at_1up: Plan) -> None:
    shipped = client.get("/app/logo-512.png").content
    assert client.get("/app/logo-300.png").status_code == 404
    send(operator, picture())
    answer = client.get("/app/logo-512.png")
    assert answer.content != shipped
    assert (answer.headers["Content-Type"], answer.headers["Cross-Origin-Resource-Policy"]) == (
        "image/png", "cross-origin",
    )  # fmt: skip
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    told = json.loads(client.get("/app/client-metadata.json").content)["logo_uri"]
    assert told.endswith("/app/logo-512.png")
    assert 'src="/app/logo-512.png"' in client.get("/app/").content.decode()
    icons = client.get("/app/site.webmanifest").json()["icons"]
    assert {client.get(icon["src"]).headers["Content-Type"] for icon in icons} == {"image/png"}
    files = unpacked(archive(packet(sheets()[0], face(), on=ON)))
    assert files["logos/logo-512.png"] == answer.content
    assert AuditEntry.objects.filter(subject="listing.logo 1", action="added").exists()


def test_a_refused_file_changes_nothing_whatever_it_is_called(operator: Client) -> None:
    page = send(operator, SVG % SCRIPT).content.decode()
    assert "It is no PNG or JPEG that can be read. SVG is not taken." in page
    assert SCRIPT.decode() not in page
    assert not Logo.objects.exists()
    send(operator, picture(), name="x.svg", said="image/svg+xml")
    assert Logo.objects.count() == 1


def test_there_is_one_logo_and_without_it_the_softwares_own(operator: Client, client: Client) -> None:
    shipped = client.get("/app/logo-192.png").content
    send(operator, picture())
    assert operator.get(PLACE).status_code == 403
    operator.post("/admin/listing/logo/1/delete/", {"post": "yes"})
    assert client.get("/app/logo-192.png").content == shipped
    assert AppListing.objects.current().name
