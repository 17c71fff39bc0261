DROP TABLE lrs_forward_queue;
DROP TABLE lrs_forwards;
