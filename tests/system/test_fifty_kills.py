"""Two consumers are killed again and again, at any moment: nothing is lost and nothing counts twice."""
import random
import time

from shop import Shop


def some_moment(rng, most):
    """Not a wait for anything: what comes next must be able to come at any time."""
    time.sleep(rng.uniform(0, most))


def test_fifty_kills_at_random_moments_of_two_consumers(stockfold):
    rng = random.Random(50)
    shop = Shop(stockfold, seed=50, events=25000)
    folds = [stockfold.start_fold(), stockfold.start_fold()]
    for _ in range(50):
        shop.publish(400)
        some_moment(rng, 3)
        victim = rng.randrange(2)
        folds[victim].kill()
        folds[victim] = stockfold.start_fold()
    while shop.publish(2000):
        pass
    shop.must_be_exact()
