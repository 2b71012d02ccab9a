"""An index of words that an older version made is made anew by the fold that comes, while everything else is served."""
import re

import pytest
import serving
from servers import wait_until


@pytest.fixture
def served(tmp_path, kafka):
    served = serving.Serving(tmp_path, kafka, "word-index.")
    try:
        yield served.start()
    finally:
        served.stop()


def index(redis):
    return {key: redis.zrange(key, 0, -1) for kind in "wa" for key in redis.keys(f"sf:{{*}}:{kind}:*")}


def find(served):
    answer = served.get("/v1/items", {"q": "linen sh"})
    return [item["sku"] for item in answer.json["items"]] if answer.status == 200 else answer.json["code"]


def logged(fold):
    return len(re.findall(r"index of words made anew version=\d+ items=3 ", fold.log.read_text()))


@pytest.mark.address
def test_an_older_index_is_made_anew_once_while_all_else_is_served(served):
    redis = served.redis.client()
    wait_until(lambda: find(served) == [serving.OTHER_SKU, serving.SKU], what="both shirts")
    before = index(redis)
    served.fold.stop()
    redis.delete(*before)
    redis.hdel("sf:view", "words")
    redis.zadd("sf:{5}:q:linen", {f"s{serving.STYLE}": 0})
    assert find(served) == "view_rebuilding"
    assert served.get(f"/v1/items/{serving.SKU}").status == 200
    served.fold = served.stockfold.start_fold()
    wait_until(lambda: find(served) == [serving.OTHER_SKU, serving.SKU], what="the index")
    assert index(redis) == before
    assert not redis.keys("sf:{*}:q:*")
    served.fold.stop()
    assert logged(served.fold) == 1
    served.fold = served.stockfold.start_fold()
    wait_until(lambda: "view connected" in served.fold.log.read_text(), what="another fold")
    served.fold.stop()
    assert logged(served.fold) == 0
    assert find(served) == [serving.OTHER_SKU, serving.SKU]
