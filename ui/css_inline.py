"""The rules of an e-mail's style sheet, written beside each element: Gmail and Outlook heed little else."""

import css_inline

# Keeps the queries for dark and narrow windows, which cannot be inlined.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def with_inlined_styles(html: str) -> str:
    return _INLINER.inline(html)
