/** The thread in which mails are read; see createMailReader. */
import { answerTasks } from '../../channels/thread.ts';
import { parseMail } from './parseMail.ts';
import type { ReadingTask } from './readMail.ts';

answerTasks(({ bytes, returnPath }: ReadingTask) => parseMail(bytes, returnPath));
