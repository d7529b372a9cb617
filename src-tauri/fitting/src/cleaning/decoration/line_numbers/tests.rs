use crate::cleaning::clean;

#[test]
fn numbers_go_and_new_lines_are_numbered_on() {
    let check = |text: &str, prefix: &str, completed: &str| {
        let snippet = clean(text, &["|>"]);
        assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
        assert_eq!(snippet.undo.dressed("x\n  y"), completed, "{text:?}");
        assert_eq!(snippet.undo.bare("x\n  y"), "x\n  y", "{text:?}");
    };
    let code = "if a:\n    b = ";
    check("1: if a:\n2:     b = ", code, "x\n3:   y");
    check("1:if a:\n2:    b = ", code, "x\n3:  y");
    check("  9  if a:\n 10      b = ", code, "x\n 11    y");
    check("9 if a:\n10     b = ", code, "x\n11   y");
    check("9   if a:\n10      b = ", code, "x\n11    y");
    check(" 9 | if a:\n10 |     b = ", code, "x\n11 |   y");
    check("   9 │ if a:\n  10 │     b = ", code, "x\n  11 │   y");
    check("     9\tif a:\n    10\t    b = ", code, "x\n    11\t  y");
    check("     9→if a:\n    10→    b = ", code, "x\n    11→  y");
    check(" 9. if a:\n10.     b = ", code, "x\n11.   y");
    check("   9   │ if a:\n  10 + │     b = ", code, "x\n  11   │   y");
    check("7 | if a:\n...\n9 |     b = ", "if a:\n...\n    b = ", "x\n10 |   y");
    check("L9: if a:\nL10:     b = ", code, "x\nL11:   y");
    check("009 if a:\n010     b = ", code, "x\n011   y");
    check("Line 9: if a:\nLine 10:     b = ", code, "x\nLine 11:   y");
    check("src/a2.py:9:if a:\nsrc/a2.py-10-    b = ", code, "x\nsrc/a2.py:11:  y");
    check("17\tint f() {\n18\t    return ", "int f() {\n    return ", "x\n19\t  y");
    check("1: if a:\n2:     b\n", "if a:\n    b\n", "3: x\n4:   y");
    check("1: if a:\n2:\n3:     b = ", "if a:\n\n    b = ", "x\n4:   y");
    check("  1  if a:\n\n  3      b = ", "if a:\n\n    b = ", "x\n  4    y");
    check("  1  if a:\n  2\n  3      b = ", "if a:\n\n    b = ", "x\n  4    y");
    check("1: if a:\n\n2:     b = ", "if a:\n\n    b = ", "x\n3:   y");
    check("1: if a:\n2:     b = |>\n3: c", code, "x\n3:   y");
    check("    1  if a:\n    2      b = ", code, "x\n    3    y");
}

#[test]
fn numbers_of_code_and_text_stay() {
    for text in [
        "1, 2, 3,\n2, 3, 4,\n",
        "1 2 3\n2 3 4\n3 4 5\n",
        "1: 'one',\n2: 'two',\n3: ",
        "1: {'a': 1},\n2: {'b': 2},\n3: {",
        "1 => \"one\",\n2 => \"two\",\n3 => ",
        "10 PRINT \"A\"\n20 GOTO 10\n30 ",
        "1. Open the door.\n2. Go in.\n3. ",
        "1\tapples\n2\tpears\n3\t",
        "1 + 2\n2 + 3\n",
        "1.5 * x[1]\n2.5 * x[2]\n",
        "1 def f():\nx = 2\n",
        "2024-01-01 GET /a (b)\n2025-01-01 GET /b (c)\n",
    ] {
        assert_eq!(clean(text, &[]).segments.prefix, text);
    }
}
