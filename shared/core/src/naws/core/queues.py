"""Facts about SQS: the longest retention, and the actions of senders and receivers."""

LONGEST_RETENTION = 1_209_600
"""Seconds a message is kept at most: 14 days. Source: SQS API, SetQueueAttributes, MessageRetentionPeriod."""

SENDING = ("kms:Decrypt", "kms:GenerateDataKey")
"""KMS actions of a sender on the key of an encrypted queue. Source: SQS Developer Guide, key management, producers."""

RECEIVING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""The SQS actions of a pipe on the queue that it reads.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
"""
