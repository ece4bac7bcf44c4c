"""What a cron line does. A job is a function of its inputs: settings, store, client, clock."""
