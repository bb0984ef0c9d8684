"""The trainings of this server: jobs, their queue, and their pace."""
