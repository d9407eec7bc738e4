"""``python -m tests.journeys.recording``: a member's journey in a real browser, as payers' forms want it.

Writes numbered pictures, and all of them as one moving picture (WebP), into var/recording: made anew for each
release, with invented people. It is no film: what happens between two pictures is not in it.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect, sync_playwright

from tests.journeys import member, stack
from tests.journeys.conftest import FLAGS

TARGET: Final = Path(__file__).resolve().parents[2] / "var" / "recording"
WINDOW: Final = (1280, 900)
BAR: Final = 56
"""Pixels below each picture for what it shows."""
SECONDS: Final = 3
WHO: Final = "gideon"


@dataclass
class Recording:
    """The pictures so far, each with its words."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list)

    def show(self, words: str) -> None:
        """Take the window as it stands."""
        self.page.wait_for_load_state()
        picture = Image.open(BytesIO(self.page.screenshot(animations="disabled"))).convert("RGB")
        frame = Image.new("RGB", (picture.width, picture.height + BAR), "#0a4f4d")
        frame.paste(picture)
        text = f"{len(self.frames) + 1}. {words}"
        ImageDraw.Draw(frame).text((20, picture.height + 14), text, "white", ImageFont.load_default(24))
        self.frames.append(frame)

    def write(self, folder: Path) -> None:
        """Write the pictures and the moving one."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number, frame in enumerate(self.frames, start=1):
            frame.save(folder / f"{number:02}.png", optimize=True)
        first, *others = self.frames
        pause = SECONDS * 1000
        first.save(folder / "journey.webp", save_all=True, append_images=others, duration=pause, quality=80)


def journey(demo: stack.Stack, recording: Recording) -> None:
    """Find the plan, agree, sign in at the plan, read, take along, end the permission."""
    page = recording.page
    page.goto(demo.site)
    recording.show("A visitor looks for the plan. No account comes first.")
    member.sign_up(page, demo, "member@example.com")
    member.find_plan(page, demo)
    recording.show("The plan, and what to have ready")
    page.get_by_role("link", name="Connect this plan").click()
    agree = page.get_by_label(re.compile("privacy policy"))
    agree.wait_for()
    recording.show("Before leaving: what is read, HIPAA, how to stop. The box is not ticked.")
    agree.scroll_into_view_if_needed()
    agree.check()
    recording.show("The member agrees to the named policy")
    page.get_by_test_id("go").click()
    page.wait_for_url(member.at_payer(demo))
    recording.show("The plan's own site asks for the password; this app never does")
    member.sign_in_at_plan(page, WHO)
    recording.show("The plan asks for consent")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{demo.site}/sync/**")
    recording.show("Back here: records arrive")
    member.wait_for_records(page)
    page.goto(f"{demo.site}/home/")
    recording.show("What needs the member, first")
    page.goto(f"{demo.site}/claims/")
    recording.show("The claims, newest first")
    page.get_by_test_id("claim-row").first.click()
    recording.show("One claim: the answer, then where each figure came from")
    page.goto(f"{demo.site}/coverage/")
    recording.show("Coverage")
    page.goto(f"{demo.site}/connections/")
    page.get_by_test_id("connection-row").get_by_role("link").first.click()
    page.get_by_role("link", name=re.compile("Disconnect")).click()
    recording.show("Stopping: keep the records, or erase them")
    page.get_by_test_id("disconnect").click()
    expect(page.get_by_test_id("revoked")).to_be_visible()
    recording.show("The permission is revoked at the plan, and what came from it is erased")


def main() -> None:
    """Record the journey at a fresh demo."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stack.running(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=stack.chromium(), args=FLAGS)
        wide, high = WINDOW
        recording = Recording(browser.new_page(viewport={"width": wide, "height": high}, locale="en-US"))
        journey(demo, recording)
        browser.close()
    recording.write(TARGET)
    print(f"{len(recording.frames)} pictures and journey.webp are in {TARGET}")  # noqa: T201 - says where


if __name__ == "__main__":
    main()
