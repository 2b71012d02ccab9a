"""Two consumers are killed again and again, at any moment and at every step: nothing is lost and nothing counts twice."""
import random
import time

from servers import rounds, wait_until
from shop import Shop

STEPS = ("batch_start", "batch_fold", "commit_send", "commit_sent", "commit_acknowledged", "checkpoint")


def some_moment(rng, most):
    """Not a wait for anything: what comes next must be able to come at any time."""
    time.sleep(rng.uniform(0, most))


def test_killed_again_and_again_at_any_moment_and_at_each_step(stockfold):
    """Each round has two deaths of the same of the two: one of a kill, one at a step of which it has some behind it."""
    rng = random.Random(50)
    kills = rounds(24, 200)
    shop = Shop(stockfold, seed=50, events=1000 * kills)
    folds = [stockfold.start_fold(), stockfold.start_fold()]
    for number in range(kills // 2):
        shop.publish(400)
        some_moment(rng, 3)
        victim = rng.randrange(2)
        folds[victim].kill()
        failpoint = f"{STEPS[number % len(STEPS)]}:{rng.randint(1, 20)}"
        dying = stockfold.start_fold(environment={"STOCKFOLD_FAILPOINT": failpoint})
        wait_until(lambda: shop.publish(20) == 0 or not dying.running(), 120, f"death at {failpoint}", 0.2)
        assert not dying.running(), f"lives on behind {failpoint}"
        folds[victim] = stockfold.start_fold()
    while shop.publish(2000):
        pass
    shop.must_be_exact(300)
