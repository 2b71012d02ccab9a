"""Which functions a C text defines and which it calls, as far as our own style goes."""
import re

NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
# Definitions begin in the first column; what follows the name's parentheses tells them from declarations.
BEGINNING = re.compile(r"^[A-Za-z_][\w \t*]*?[ *](\w+)\(", re.MULTILINE)


def closing_parenthesis(text, opening):
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    return len(text)


def functions_defined_in(text):
    text = NO_CODE.sub(" ", text)
    for found in BEGINNING.finditer(text):
        behind = text[closing_parenthesis(text, found.end() - 1) + 1:].lstrip()
        if behind.startswith("{"):
            yield found[1]


CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")


def functions_called_in(text):
    """Names before a parenthesis in indented lines: calls, a few words of the language, and no declarations."""
    indented = (line for line in NO_CODE.sub(" ", text).splitlines() if line[:1].isspace())
    return {name for line in indented for name in CALL.findall(line)}
