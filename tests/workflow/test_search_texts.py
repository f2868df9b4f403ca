"""What the search shows around a word is what a reader reads."""

from workflow.search_texts import text

PAGE = """<html><body><nav>contents</nav><article><h1>Title<a class="headerlink">#</a></h1>
<div class="rerun">papermill</div><details class="hide"><pre>import x</pre></details>
<div class="cell_input"><pre>y = 1</pre></div><p>A <a>unit</a>, read
twice.</p><figure><img src="data:image/webp;base64,AAAA"><figcaption>A caption</figcaption></figure>
<svg><text>0.5</text></svg><span class="math">x^2</span></article></body></html>"""


def test_code_formulas_drawings_and_furniture_are_left_out():
    assert text(PAGE) == "Title A unit, read twice. A caption"


def test_a_page_without_an_article_has_no_text():
    assert text("<html><body>Moved</body></html>") == ""
