import argparse
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlparse
from urllib.request import Request, urlopen

LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
TIMEOUT = 10


def find_links(text):
    links = []
    for number, line in enumerate(text.splitlines(), start=1):
        for match in LINK.finditer(line):
            label, target = match.groups()
            links.append((number, label, target))
    return links


def is_web(target):
    return urlparse(target).scheme in ("http", "https")


def check_file(base, target):
    path, _, anchor = target.partition("#")
    if not path:
        return None
    if (base.parent / path).exists():
        return None
    return f"{path} does not exist"


def check_web(target):
    request = Request(target, method="HEAD", headers={"User-Agent": "link-checker"})
    try:
        with urlopen(request, timeout=TIMEOUT) as response:
            if response.status >= 400:
                return f"status {response.status}"
    except HTTPError as error:
        return f"status {error.code}"
    except URLError as error:
        return str(error.reason)
    return None


def check(base, target, offline=False):
    if is_web(target):
        return None if offline else check_web(target)
    return check_file(base, target)


def check_document(path, offline, executor):
    links = find_links(path.read_text(encoding="utf-8"))
    futures = [executor.submit(check, path, target, offline) for _, _, target in links]
    problems = []
    for (number, label, target), future in zip(links, futures):
        problem = future.result()
        if problem is not None:
            problems.append(f"{path}:{number}: {target}: {problem}")
    return problems


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Checks the links of Markdown documents.")
    parser.add_argument("documents", nargs="+", type=Path)
    parser.add_argument("--offline", action="store_true", help="leave out links to the web")
    parser.add_argument("--jobs", type=int, default=8)
    options = parser.parse_args(arguments)
    n_problems = 0
    with ThreadPoolExecutor(max_workers=options.jobs) as executor:
        for document in options.documents:
            for problem in check_document(document, options.offline, executor):
                print(problem)
                n_problems += 1
    return 1 if n_problems else 0


if __name__ == "__main__":
    sys.exit(main())
