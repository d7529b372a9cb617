use crate::cleaning::clean;

#[test]
fn prompts_go_and_new_lines_are_prompted() {
    let check = |text: &str, prefix: &str, language: &str, completed: &str| {
        let snippet = clean(text, &["|>"]);
        assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
        assert_eq!(snippet.language_hint.as_deref().unwrap_or(""), language, "{text:?}");
        assert_eq!(snippet.undo.dressed("x\n  y\nz"), completed, "{text:?}");
        assert_eq!(snippet.undo.bare("x\n  y"), "x\n  y", "{text:?}");
    };
    let code = "if a:\n    b = ";
    check(">>> if a:\n...     b = ", code, "python", "x\n...   y\n>>> z");
    check(">>> a = 1\n>>> b = ", "a = 1\nb = ", "python", "x\n...   y\n>>> z");
    check(">>> f(1)\n2\n>>> b = ", "f(1)\nb = ", "python", "x\n...   y\n>>> z");
    check(">>> a = 1\n", "a = 1\n", "python", ">>> x\n...   y\n>>> z");
    check(">>> if a:\n...", "if a:\n", "python", " x\n...   y\n>>> z");
    check("    >>> if a:\n    ...     b = ", code, "python", "x\n    ...   y\n    >>> z");
    check(
        "In [9]: f(1)\nOut[9]: 2\n\nIn [10]: b = ",
        "f(1)\nb = ",
        "python",
        "x\n    ...:   y\nIn [11]: z",
    );
    check("In [2]: if a:\n   ...:     b = ", code, "python", "x\n   ...:   y\nIn [3]: z");
    check("> f(1)\n2\n> b.", "f(1)\nb.", "", "x\n...   y\n> z");
    check(
        "irb(main):001:0> f(1)\n=> 2\nirb(main):002:0> b.",
        "f(1)\nb.",
        "ruby",
        "x\nirb(main):003:0>   y\nirb(main):004:0> z",
    );
    check("db=# SELECT a\ndb-# FROM ", "SELECT a\nFROM ", "sql", "x\ndb-#   y\ndb-# z");
    check("db=> SELECT a\ndb-> FROM ", "SELECT a\nFROM ", "sql", "x\ndb->   y\ndb-> z");
    check("ann@box ~/a> git ", "git ", "shell", "x\n>   y\nann@box ~/a> z");
    check("mysql> SELECT a\n    -> FROM ", "SELECT a\nFROM ", "sql", "x\n    ->   y\n    -> z");
    check("$ git add .\n$ git ", "git add .\ngit ", "shell", "x\n>   y\n$ z");
    check(
        "ann@laptop:~$ cd a\nann@laptop:~/a$ git ",
        "cd a\ngit ",
        "shell",
        "x\n>   y\nann@laptop:~/a$ z",
    );
    check(
        "[root@web1 ~]# cd a\n[root@web1 a]# git ",
        "cd a\ngit ",
        "shell",
        "x\n>   y\n[root@web1 a]# z",
    );
    check("ann@mac ~ % git ", "git ", "shell", "x\n>   y\nann@mac ~ % z");
    check("➜  web git:(main) ✗ git ", "git ", "shell", "x\n>   y\n➜  web git:(main) ✗ z");
    check("(venv) $ pip ", "pip ", "shell", "x\n>   y\n(venv) $ z");
    check("% ls -l\ntotal 0\n% git ", "ls -l\ngit ", "shell", "x\n>   y\n% z");
    check("# apt install -y git\n# apt ", "apt install -y git\napt ", "shell", "x\n>   y\n# z");
    check(
        "PS C:\\a> Get-Date\nPS C:\\a> Get-",
        "Get-Date\nGet-",
        "powershell",
        "x\n>>   y\nPS C:\\a> z",
    );
    check("C:\\a>cd b\n\nC:\\a\\b>di", "cd b\ndi", "batch", "x\nC:\\a\\b>  y\nC:\\a\\b>z");
    check("ghci> let a = 1\nghci> a ", "let a = 1\na ", "haskell", "x\n    |   y\nghci> z");
    check("julia> f(1)\n2\n\njulia> b.", "f(1)\nb.", "julia", "x\n         y\njulia> z");
    check(">>> @a\n... def f(|>\n2", "@a\ndef f(", "python", "x\n...   y\n>>> z");
}

#[test]
fn the_inside_of_a_statement_is_a_session() {
    let snippet = clean("...     a = 1\n...     b = ", &[]);
    assert_eq!(snippet.segments.prefix, "a = 1\nb = ");
    assert_eq!(snippet.undo.dressed("x\n  y"), "x\n...       y");
}

#[test]
fn a_cell_of_a_notebook_has_no_prompts() {
    let snippet = clean("In [1]:\nimport os\n\nOut[1]:\n1\nIn [2]:\nif a:\n    os.", &[]);
    assert_eq!(snippet.segments.prefix, "\nimport os\n\n\nif a:\n    os.");
    assert_eq!(snippet.language_hint.as_deref(), Some("python"));
    assert_eq!(snippet.undo.dressed("x\n    y"), "x\n    y");
}

#[test]
fn an_answer_is_gone_on_with_as_a_file() {
    let check = |text: &str, prefix: &str, suffix: &str, language: Option<&str>| {
        let snippet = clean(text, &["|>"]);
        assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
        assert_eq!(snippet.segments.suffix, suffix, "{text:?}");
        assert_eq!(snippet.language_hint.as_deref(), language, "{text:?}");
        assert_eq!(snippet.undo.dressed("x\ny"), "x\ny", "{text:?}");
    };
    check("$ cat a.py\nif a:\n    b = ", "if a:\n    b = ", "", Some("py"));
    check("$ ls\n$ head -3 a.rs\nfn f(|>\n}\n$ ls", "fn f(", "\n}", Some("rs"));
    check("$ git show\nfn f(", "fn f(", "", None);
}

#[test]
fn code_that_looks_like_a_prompt_stays() {
    for text in [
        "# A comment\n# and another\nx = ",
        "# find the user by name\n",
        "# sort the list by ",
        "# make a list\n# sort it",
        "% Prolog\nf(X) :- ",
        "class A:\n    ...\n\nx = ",
        "f(\n...args,\n...",
        "echo \"$ a\"\n$a = ",
        "def f():\n    \"\"\"\n    >>> f()\n    \"\"\"\n    return ",
        "a\n> b\n> c = ",
        "> Words of wisdom\n\nand more ",
        "key=> value",
        "@decorator\ndef f(",
    ] {
        assert_eq!(clean(text, &[]).segments.prefix, text);
    }
}
