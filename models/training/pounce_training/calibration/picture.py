"""The reliability curve of a model as an SVG picture: how often completions are right, by their probability."""

from collections.abc import Iterator

_SIZE, _MARGIN = 320, 46
_LARGEST_DOT = 11
_LINE, _GRID, _TEXT = "#2563eb", "#9ca3af", "#6b7280"


def reliability_curve(report: dict) -> str:
    """Draws what `pounce eval --calibration --json` printed. The area of a dot grows with its number of cases."""
    full = _SIZE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full} {full}" width="{full}" height="{full}" '
        f'font-family="sans-serif" font-size="12" fill="{_TEXT}">',
        f"<title>Reliability of {report['model']} on {report['cases']} completions</title>",
        *_axes(),
        *_dots(report["reliability"]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes() -> Iterator[str]:
    start, end, middle = _MARGIN, _MARGIN + _SIZE, _MARGIN + _SIZE / 2
    yield f'<rect x="{start}" y="{start}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="{_GRID}"/>'
    yield f'<path d="M{start} {end} L{end} {start}" stroke="{_GRID}" stroke-dasharray="4 4" fill="none"/>'
    for share in (0, 0.5, 1):
        x, y = _place(share, share)
        yield f'<text x="{x:.0f}" y="{end + 18}" text-anchor="middle">{share:g}</text>'
        yield f'<text x="{start - 8}" y="{y + 4:.0f}" text-anchor="end">{share:g}</text>'
    yield f'<text x="{middle:.0f}" y="{end + 36}" text-anchor="middle">probability given</text>'
    yield f'<text x="{middle:.0f}" y="{start - 14}" text-anchor="middle">share that is right</text>'


def _dots(ranges: list[dict]) -> Iterator[str]:
    points = [_place(it["expected"], it["right"]) for it in ranges]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    yield f'<path d="M{path}" stroke="{_LINE}" stroke-width="2" fill="none"/>'
    most = max(it["cases"] for it in ranges)
    for (x, y), it in zip(points, ranges, strict=True):
        radius = max(2.0, _LARGEST_DOT * (it["cases"] / most) ** 0.5)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_LINE}" fill-opacity="0.5"/>'


def _place(expected: float, right: float) -> tuple[float, float]:
    return _MARGIN + _SIZE * expected, _MARGIN + _SIZE * (1 - right)
