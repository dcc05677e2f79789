-- Grains that thin_gone.sql has added to the first of their stretch.
DELETE FROM gone
WHERE last < :before AND EXISTS (
    SELECT 1 FROM gone AS other
    WHERE other.relay = gone.relay AND other.domain = gone.domain AND other.last < :before
      AND other.first >= gone.first - gone.first % :width AND other.first < gone.first
)
