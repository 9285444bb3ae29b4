"""Parts of the bench of the intake: the load, the world, the floor, the servers, the recount."""
