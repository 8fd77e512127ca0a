"""How Sphinx makes the site; `assemble.py` has made its sources."""

from importlib import metadata

project = "crisis-timeline"
author = "The crisis-timeline maintainers"
try:
    release = metadata.version("crisis-timeline")
except metadata.PackageNotFoundError:
    release = ""

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = [".doctrees", ".jupyter", "work"]
myst_enable_extensions = ["colon_fence", "attrs_inline", "attrs_block"]
myst_heading_anchors = 4

# Cells run each time: a page shows what the program says today.
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_ipywidgets_js = {}  # they would come from somewhere else

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
default_role = "literal"

html_theme = "pydata_sphinx_theme"
html_title = "crisis-timeline"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
# Summaries are fetched, which a browser refuses to a page that was opened as a file.
html_show_search_summary = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
html_sidebars = {"index": [], "changelog": []}
html_context = {"default_mode": "auto"}
copyright = "the crisis-timeline maintainers, MIT licence"
