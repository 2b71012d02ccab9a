#!lua name=stockfold_v5

-- What changes the view inside Redis. Redis does not roll a function back, so each one compares, then tries with
-- commands that only read whether every key it is going to write has the right type (a wrong one raises an error), and
-- only then writes; after that nothing can fail. Numbers are text on both sides: Lua's are floats.
--
-- Records alone are written without such a try, which would cost as much as the writing: that one is not where it was, or
-- is no hash, or is there although it was not, can only be seen when somebody else has written the shard's keys. Then the
-- shard is worth nothing, whatever was written of it: the same call takes its token, watermarks and openness away and
-- leaves the token "damaged", and it is cleared and folded again.
--
-- A call takes at most some thousand watermarks: Lua unpacks no more. Each call that moves them keeps `newest` beside
-- them, the newest Kafka time of a message among all that ever moved one; a checkpoint keeps `complete` too.
--
-- The same holds where a list that is counted, an hour's chunk or what a node holds, is missing: that is seen before
-- anything is written.
--
-- No call uses HMGET more than once: what is above that is taken for lookups (readers.c).
--
-- Answers: "OK"; "MISMATCH" (not as the caller last saw it: nothing was done); "LOST" (damaged: see above).

