"""How a comparison looks: on a terminal, and as Markdown for a pull request."""
