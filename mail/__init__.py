"""The mail engine: reads mailboxes, understands what arrived, composes and delivers what goes out.

Understanding, alone and without any network:

    from mail.parsing import parse
    from mail.threads import candidates

    message = parse(raw)                    # raises ParseRefused, nothing else
    if message.is_bounce:                   # about mail of ours: message.bounce
        print(message.bounce.recipients, message.bounce.statuses)
    else:
        print(message.from_, message.subject, message.reply_text)
    for sign in candidates(message, keys=(key,)):
        print(sign.kind, sign.case or sign.message_id)
"""
