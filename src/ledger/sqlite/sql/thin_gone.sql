-- Grains that are older than `:before` become as coarse as `:width`: the first of
-- each such stretch takes up the others.
UPDATE gone
SET (last, count) = (
    SELECT max(other.last), sum(other.count) FROM gone AS other
    WHERE other.relay = gone.relay AND other.domain = gone.domain AND other.last < :before
      AND other.first BETWEEN gone.first AND gone.first - gone.first % :width + :width - 1
)
WHERE last < :before AND NOT EXISTS (
    SELECT 1 FROM gone AS other
    WHERE other.relay = gone.relay AND other.domain = gone.domain AND other.last < :before
      AND other.first >= gone.first - gone.first % :width AND other.first < gone.first
)
