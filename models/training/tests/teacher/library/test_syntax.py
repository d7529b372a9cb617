"""Syntax errors, by grammar."""

import pytest

from pounce_training.corpus.language import LANGUAGES
from pounce_training.teacher.syntax import parses

WHOLE = {
    "c": "int add(int a, int b) {\n    return a + b;\n}\n",
    "cpp": "template <typename T>\nT larger(T a, T b) { return a > b ? a : b; }\n",
    "csharp": "public record Point(int X, int Y);\n",
    "css": ".card { padding: 1rem; }\n",
    "dockerfile": "FROM python:3.12\nRUN pip install flask\n",
    "go": "package main\n\nfunc add(a, b int) int {\n\treturn a + b\n}\n",
    "html": "<ul>\n  <li>one</li>\n</ul>\n",
    "java": "class A {\n    int f() { return 1; }\n}\n",
    "javascript": "const App = () => <p>{count}</p>;\n",
    "kotlin": "fun add(a: Int, b: Int) = a + b\n",
    "makefile": "all: main.o\n\tcc -o main main.o\n",
    "objc": "@interface Point : NSObject\n@property int x;\n@end\n",
    "php": "function add($a, $b) {\n    return $a + $b;\n}\n",
    "python": "def add(a, b):\n    return a + b\n",
    "ruby": "def add(a, b)\n  a + b\nend\n",
    "rust": "fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n",
    "shell": 'for file in *.txt; do\n    echo "$file"\ndone\n',
    "sql": "SELECT name FROM users WHERE age > 18;\n",
    "swift": "func add(a: Int, b: Int) -> Int {\n    return a + b\n}\n",
    "toml": "[package]\nname = 'a'\n",
    "typescript": "interface User { name: string }\nconst f = (u: User) => <b>{u.name}</b>;\n",
    "yaml": "services:\n  web:\n    image: nginx\n",
}
BROKEN = {language: text.rstrip() + "\n(((" for language, text in WHOLE.items()} | {
    "dockerfile": "python 3.12\nRUN\n",
    "html": "<ul><li",
    "makefile": "all: (((\n\t$(\n",
    "shell": "if true; then echo",
    "yaml": "a: [1, 2\nb: 3\n",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_grammar(language: str) -> None:
    assert parses(language, WHOLE[language]), WHOLE[language]
    assert not parses(language, BROKEN[language]), BROKEN[language]
