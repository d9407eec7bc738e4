"""The demo payer's own pages, in the middle of a visitor's trip."""

from playwright.sync_api import Page

from tests.journeys import member, stack
from tests.journeys.screenshots.camera import shoot

LIGHT = ("light",)


def at_the_plan(page: Page, demo: stack.Stack) -> None:
    """Shoot the plan's start page, its sign-in and its question."""
    page.goto(f"{demo.payer}/")
    shoot(page, "payer-personalities", themes=LIGHT)
    member.find_plan(page, demo)
    member.go_to_plan(page, demo)
    shoot(page, "payer-sign-in", themes=LIGHT)
    member.sign_in_at_plan(page, "dana")
    shoot(page, "payer-consent", themes=LIGHT)
