"""Undoes the layout of plain text that was made for narrow terminals: format=flowed and text/enriched."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Joins the soft line breaks of format=flowed (RFC 3676), per quote depth; the signature mark stays alone."""
    output: list[str] = []
    open_depth = -1  # quote depth of the paragraph that goes on, or -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content_ = line[depth:]
        if content_.startswith(" "):
            content_ = content_[1:]
        soft = content_.endswith(" ") and content_ != "-- "
        if soft and delete_space:
            content_ = content_[:-1]
        if depth == open_depth and content_ != "-- " and output:
            output[-1] += content_
        else:
            output.append(">" * depth + (" " if depth and content_ else "") + content_)
        open_depth = depth if soft else -1
    return "\n".join(line.rstrip() if line != "-- " else line for line in output)


def strip_enriched(text: str) -> str:
    """Plain text of text/enriched (RFC 1896): single breaks are spaces, commands go, `<<` is a bracket."""
    output: list[str] = []
    position = 0
    text = text.replace("\n\n", "\x00").replace("\n", " ").replace("\x00", "\n")
    lowered = text.lower()
    closing = 0  # -1 once no parameter is closed any more, so that none is looked for again
    while position < len(text):
        start = text.find("<", position)
        if start == -1:
            output.append(text[position:])
            break
        output.append(text[position:start])
        if text.startswith("<<", start):
            output.append("<")
            position = start + 2
            continue
        end = text.find(">", start)
        if end == -1 or end - start > 62:  # RFC 1896: a command is at most 60 characters long
            output.append("<")
            position = start + 1
        elif text[start:end].lower() == "<param":
            closing = lowered.find("</param>", end) if closing != -1 else -1
            position = closing + 8 if closing != -1 else end + 1
        else:
            position = end + 1
    return "".join(output)
