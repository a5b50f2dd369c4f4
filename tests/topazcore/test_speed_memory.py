import json

from topazcore.speed.memory import Peak, as_json, show

PEAKS = [Peak(20, 4096, 10.0, 5.0, 500_000_000), Peak(200, 4096, 50.0, 9.0, 550_000_000)]


def test_the_table_says_how_much_more_many_take():
    assert show(PEAKS).splitlines() == [
        "  20 micrographs of 4096²: peak 500 MB, prepared in 10.0 s (0.50 s each), trained in 5.0 s",
        " 200 micrographs of 4096²: peak 550 MB, prepared in 50.0 s (0.25 s each), trained in 9.0 s",
        "+10.0%",
    ]


def test_programs_get_the_same():
    assert json.loads(as_json(PEAKS))[1]["peak_bytes"] == 550_000_000
