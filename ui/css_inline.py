"""Inlining of an e-mail's style sheets, because Gmail and Outlook ignore most style sheets."""

import css_inline

# Media queries (dark mode, narrow windows) can't be inlined, so keep those rules in a <style>
# element.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def with_inlined_styles(html: str) -> str:
    return _INLINER.inline(html)
