#!lua name=stockfold_reservations_v5

-- What changes reservations inside Redis, in a library of its own: an older program that starts and loads the other one
-- again leaves these where they are.
--
-- Redis does not roll a function back. So each one compares, and reads every key that it is going to write: one of a wrong
-- type, or with something in it that nobody of us wrote, raises an error before anything is written. After that nothing can
-- fail. Answers are lists: a word, the time by Redis' clock in us, and more.

