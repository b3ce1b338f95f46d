"""What can be advised, whatever the cause: the form of a page, and blocks of offers that pages of several causes share."""
