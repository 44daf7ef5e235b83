"""Inlining of an e-mail's style sheet, because Gmail and Outlook ignore most others."""

import css_inline

# Media queries, for dark mode and narrow windows, can't be inlined and stay.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def with_inlined_styles(html: str) -> str:
    return _INLINER.inline(html)
