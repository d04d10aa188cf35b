// How long a task takes a colleague, in minutes, until a team knows better: steps say nothing of it.
export const TASK_MINUTES = 15;
