"""What shells complete a command by: click's scripts, but no space after a key that waits for its value."""

from __future__ import annotations

from click.shell_completion import BashComplete, ZshComplete, add_completion_class

#: Where click's script for bash takes a word; a key ends in an equals sign.
_TAKEN = "            COMPREPLY+=($value)\n"
#: Where that for zsh hands on all words.
_HANDED_ON = "        compadd -U -V unsorted -a completions\n"


class BashOfKeys(BashComplete):
    """Bash: ``--set horizon=`` with the cursor behind the sign."""

    source_template = BashComplete.source_template.replace(
        _TAKEN, f"{_TAKEN}            [[ $value == *= ]] && compopt -o nospace\n"
    )


class ZshOfKeys(ZshComplete):
    """Zsh, likewise: keys are handed on apart, with nothing to follow them."""

    source_template = ZshComplete.source_template.replace(
        _HANDED_ON,
        "        local -a keys\n"
        "        keys=(${(M)completions:#*=})\n"
        "        completions=(${completions:#*=})\n"
        "        (( $#keys )) && compadd -U -S '' -V unsorted -a keys\n"
        "        (( $#completions )) && compadd -U -V unsorted -a completions\n"
        "        return 0\n",
    )


def register() -> None:
    """Have them used instead of click's; fish puts no space after the sign by itself."""
    add_completion_class(BashOfKeys, "bash")
    add_completion_class(ZshOfKeys, "zsh")
