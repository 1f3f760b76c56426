"""The page in a real browser: clicks filter, focus shows cues, nothing is fetched."""

import json
import os
import shutil
from pathlib import Path

import pytest

from stance.reading import read

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no Chromium with chromedriver is installed"
)
FLAGS = (
    *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
    *("disable-background-networking", "disable-component-update", "disable-sync"),
)


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, article, model, tmp_path):
    """The article's page, freshly opened; whatever went wrong in it fails the test."""
    return _open(browser, read(article, model=model).to_html(), tmp_path)


def _open(browser, html: str, folder: Path):
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())
    return browser


def _fetched(browser) -> list[str]:
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]


def _shown(browser) -> int:
    return len(browser.find_elements("css selector", ".s:not(.off)"))


def _pixels(browser, width: int, height: int = 900, scheme: str = "light") -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def test_nothing_is_fetched_and_nothing_complains(page):
    assert [url for url in _fetched(page) if not url.startswith("file:")] == []
    assert page.get_log("browser") == []


def test_stance_filter(page):
    assert _shown(page) == 6
    page.find_element("css selector", "input[value=skeptical]").click()
    assert _shown(page) == 4
    assert page.find_element("id", "shown").text == "4 of 6 statements shown"
    page.find_element("id", "reset").click()
    assert _shown(page) == 6


def test_holder_filter_by_list_and_by_table(page):
    page.find_element("css selector", "option[value='Kremlin']").click()
    assert _shown(page) == 1
    button = page.find_element("css selector", "tr[data-holder='Takeshi Arimura'] button")
    button.click()
    assert _shown(page) == 3
    row = page.find_element("css selector", "tr[data-holder='Takeshi Arimura']")
    assert row.get_attribute("aria-selected") == "true"
    button.click()
    assert _shown(page) == 6


def test_focus_and_pointer_show_a_cue(page):
    cue = page.find_element("css selector", ".cue")
    style = "return getComputedStyle(arguments[0], '::after').content"
    assert page.execute_script(style, cue) == "none"
    page.execute_script("arguments[0].focus()", cue)
    assert page.execute_script(style, cue) == '"+1.25 supportive"'
    detail = page.find_element("id", "detail").text
    assert "Takeshi Arimura" in detail
    assert "80%" in detail
    page.execute_script("document.activeElement.blur()")
    webdriver.ActionChains(page).move_to_element(cue).perform()
    assert page.execute_script(style, cue) == '"+1.25 supportive"'


def test_cues_are_reached_by_keyboard(page):
    reached = set()
    for _ in range(12):
        webdriver.ActionChains(page).send_keys("\ue004").perform()
        reached.add(page.execute_script("return document.activeElement.className || ''"))
    assert any(name.startswith("cue") for name in reached)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 800, 1300])
def test_every_width_and_scheme(page, width, scheme):
    _pixels(page, width, scheme=scheme)
    inside = "return document.documentElement.scrollWidth <= window.innerWidth"
    assert page.execute_script(inside)
    for cue in page.find_elements("css selector", ".cue"):
        page.execute_script("arguments[0].focus()", cue)
        assert page.execute_script(inside)
    folder = os.environ.get("STANCE_SCREENSHOTS")
    if folder:
        page.save_screenshot(str(Path(folder) / f"page-{width}-{scheme}.png"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page, scheme):
    _pixels(page, 1300, scheme=scheme)
    # Paints each colour on the page's ground and compares luminances as WCAG 2 does.
    contrast = """
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const luminance = colours => {
      for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(v => v / 255)
        .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
      return .2126 * r + .7152 * g + .0722 * b;
    };
    const ground = getComputedStyle(document.documentElement).backgroundColor;
    return [...document.querySelectorAll(".s, .s .mark, .small, .set-aside, th, td")].map(item => {
      const own = item.closest(".s");
      const behind = own ? [ground, getComputedStyle(own).backgroundColor] : [ground];
      const [a, b] = [luminance(behind), luminance([...behind, getComputedStyle(item).color])];
      return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    });
    """
    assert min(page.execute_script(contrast)) >= 4.5


def test_hostile_text_does_nothing(browser, model, tmp_path):
    text = (
        "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\"> "
        "We hope, said \"' onfocus=document.title='broken' autofocus x='. </main><h1>No</h1>"
    )
    page = _open(browser, read(text, model=model).to_html(title="Sound"), tmp_path)
    assert page.title == "Sound"
    assert len(page.find_elements("tag name", "h1")) == 1
    assert page.get_log("browser") == []
    assert [url for url in _fetched(page) if not url.startswith("file:")] == []


def test_page_is_labelled_for_assistive_technology(page):
    unnamed = """
    return [...document.querySelectorAll("input, select, button, [role=img], [tabindex='0']")]
      .filter(e => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
        || e.labels?.length || e.textContent.trim())).length
    """
    assert page.execute_script(unnamed) == 0
    assert page.execute_script("return document.documentElement.lang") == "en"
    assert len(page.find_elements("tag name", "main")) == 1
