"""The curve has a dot for each range, at its place."""

from xml.etree import ElementTree

from pounce_training.calibration.picture import reliability_curve

_REPORT = {
    "model": "m",
    "cases": 5,
    "reliability": [{"cases": 4, "expected": 0.0, "right": 0.0}, {"cases": 1, "expected": 1.0, "right": 0.5}],
}


def test_dots_stand_at_their_probability_and_share():
    picture = ElementTree.fromstring(reliability_curve(_REPORT))
    dots = picture.findall("{http://www.w3.org/2000/svg}circle")
    places = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in dots]
    assert places == [(46.0, 366.0), (366.0, 206.0)]
    assert float(dots[0].attrib["r"]) > float(dots[1].attrib["r"]), "more cases, a larger dot"
