"""What is known of SQS without a queue."""

LONGEST_RETENTION = 1_209_600
"""Seconds a message is kept at most: 14 days. Source: SQS API, SetQueueAttributes, MessageRetentionPeriod."""

SENDING = ("kms:Decrypt", "kms:GenerateDataKey")
"""What a sender needs of the key of an encrypted queue. Source: SQS Developer Guide, key management, producers."""

RECEIVING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What a pipe does with the queue that it reads.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
"""
