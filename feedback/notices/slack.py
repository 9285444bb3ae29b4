"""Words for a Slack-compatible webhook: one field `text`, in which nothing calls people or becomes a command."""

import orjson

from feedback.notices.contents import Message


def body(message: Message) -> bytes:
    """The JSON that is posted."""
    lines = [message.heading, *(f"• {line}" for line in message.lines)]
    words = "\n".join(_plain(line) for line in lines)
    return orjson.dumps({"text": f"{words}\n{message.link_words}: {message.link}"})


def _plain(text: str) -> str:
    # A name like @channel must not call everybody where the webhook only looks like Slack's.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")
