"""Options that take several values: --depth 10 100 1000."""

from __future__ import annotations

import click


class Several(click.Command):
    """A command whose repeatable options take several values after one name: --depth 10 100."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Repeat the option's name before every value."""
        many = {
            name
            for option in self.params
            if isinstance(option, click.Option) and option.multiple
            for name in option.opts
        }
        written: list[str] = []
        name = ""
        for word in args:
            if word.startswith("-") and not word.lstrip("-").isdigit():
                name = word if word in many else ""
            elif name and written[-1] != name:
                written.append(name)
            written.append(word)
        return super().parse_args(context, written)
