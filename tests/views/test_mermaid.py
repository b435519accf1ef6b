from __future__ import annotations

from pipeflow.views.layout import compose
from pipeflow.views.mermaid import mermaid
from pipeflow.views.picture import Picture, PictureEdge, PictureNode
from tests.views.graphs import documented, looping


def test_the_whole_text() -> None:
    assert (
        mermaid(compose(looping()))
        == """flowchart LR
    p0(["src"])
    p1[("loop")]
    p2["step"]
    p3{"positive"}
    p4(["k"])
    p0 --> p2
    p1 --> p2
    p2 --> p3
    p3 -->|"True"| p4
    p3 -->|"False"| p1
"""
    )


def test_text_cannot_end_its_quotes() -> None:
    picture = Picture(
        (PictureNode("p0", "Transform", ('<b>"x"</b> #1', "`&`")),), (PictureEdge("p0", "p0", '"|\n'),)
    )
    assert mermaid(picture).splitlines()[1:] == [
        '    p0["#lt;b#gt;#quot;x#quot;#lt;/b#gt; #35;1<br/>#96;#amp;#96;"]',
        '    p0 -->|"#quot;| "| p0',
    ]


def test_findings_and_the_bottleneck_have_classes() -> None:
    nodes = (
        PictureNode("p0", "Source", ("a",), severity="error"),
        PictureNode("p1", "Transform", ("b",), bottleneck=True),
        PictureNode("p2", "Sink", ("c",), severity="error"),
    )
    lines = mermaid(Picture(nodes, (PictureEdge("p0", "p1", unknown=True),))).splitlines()
    assert "    class p0,p2 error" in lines
    assert "    class p1 bottleneck" in lines
    assert "    p0 -.-> p1" in lines
    assert not any("warning" in line for line in lines)


def test_the_documented_layout_reads_downwards() -> None:
    text = mermaid(compose(documented(), draw_streams=True))
    assert text.startswith("flowchart TB\n")
    assert '(["source1"])' in text
    assert '["s1"]' in text
