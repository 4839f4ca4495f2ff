"""The filter language of the queue: `score>70 source:webinar due<2h "acme"`."""
