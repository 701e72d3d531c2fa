/**
 * Everyday sentences in many languages, and the encodings that files in them are in.
 *
 * @module
 */
import iconv from 'iconv-lite';

export interface Tongue {
  readonly sentences: readonly string[];
  readonly encodings: readonly string[];
}

export const TONGUES: Readonly<Record<string, Tongue>> = {
  German: {
    sentences: [
      'Die Prüfung für Müller wäre möglich',
      'Grüße aus Köln und schöne Übergrößen',
      'Straßenbahn und Flüsse führen nördlich vorbei',
      'Bitte überweisen Sie die Gebühr bis März',
    ],
    encodings: ['windows-1252', 'macintosh', 'cp850', 'cp437'],
  },
  French: {
    sentences: [
      'Réunion générale prévue à Besançon',
      "L'événement a été décalé à l'été",
      'Où êtes-vous allés, garçon français',
      'Les élèves ont reçu les résultats',
    ],
    encodings: ['windows-1252', 'iso-8859-15', 'macintosh', 'cp850'],
  },
  Spanish: {
    sentences: [
      'Mañana habrá reunión en la compañía',
      'El señor Núñez llegará más tarde',
      'Próxima sesión: miércoles en Málaga',
      'La factura está pendiente todavía',
    ],
    encodings: ['windows-1252', 'macintosh', 'cp850'],
  },
  Polish: {
    sentences: [
      'Prosimy zadzwonić wcześniej do Łodzi',
      'Zażółć gęślą jaźń w środę',
      'Wiśniewska płaci należność później',
      'Zamówienie wysłać również do Gdańska',
    ],
    encodings: ['windows-1250', 'iso-8859-2', 'cp852'],
  },
  Czech: {
    sentences: [
      'Příliš žluťoučký kůň úpěl ďábelské ódy',
      'Schůze se koná příští úterý večer',
      'Děkujeme za včasné zaplacení účtu',
      'Kancelář bude zavřená během svátků',
    ],
    encodings: ['windows-1250', 'iso-8859-2', 'cp852'],
  },
  Hungarian: {
    sentences: [
      'Árvíztűrő tükörfúrógép és több más',
      'Az ülés jövő hétfőn délelőtt lesz',
      'Kérjük, erősítse meg a részvételét',
      'A fizetési határidő két hét múlva',
    ],
    encodings: ['windows-1250', 'iso-8859-2'],
  },
  Turkish: {
    sentences: [
      'Toplantı salı günü İstanbul’da yapılacak',
      'Değişiklikleri lütfen bildiriniz',
      'Sipariş için ödeme yapılmıştır',
      'Işık ve gölge arasında güneş doğdu',
    ].map((sentence) => sentence.replace('’', "'")),
    encodings: ['windows-1254', 'cp857'],
  },
  Latvian: {
    sentences: [
      'Sanāksme notiks otrdien Rīgā',
      'Lūdzam apstiprināt savu dalību šodien',
      'Ģimene ēda ķiršus un dzēra tēju',
      'Rēķins jāsamaksā līdz mēneša beigām',
    ],
    encodings: ['windows-1257'],
  },
  Russian: {
    sentences: [
      'Обсудили бюджет на следующий год',
      'Совещание состоится во вторник',
      'Просьба подтвердить своё участие',
      'Оплата заказа произведена вовремя',
    ],
    encodings: ['windows-1251', 'koi8-r', 'cp866', 'iso-8859-5', 'x-mac-cyrillic'],
  },
  Ukrainian: {
    sentences: [
      'Засідання відбудеться у вівторок',
      'Будь ласка, підтвердіть свою участь',
      'Їжак і лисиця знайшли інші ліси',
      'Оплату за замовлення отримано вчасно',
    ],
    encodings: ['windows-1251', 'koi8-u'],
  },
  Greek: {
    sentences: [
      'Η συνάντηση θα γίνει την Τρίτη',
      'Παρακαλώ επιβεβαιώστε τη συμμετοχή',
      'Ο λογαριασμός πρέπει να πληρωθεί',
      'Το έγγραφο βρίσκεται στο αρχείο',
    ],
    encodings: ['windows-1253', 'iso-8859-7', 'cp737'],
  },
  Hebrew: {
    sentences: [
      'הפגישה תתקיים ביום שלישי',
      'נא לאשר את ההשתתפות',
      'החשבון שולם בזמן',
      'המסמך נמצא בארכיון',
    ],
    encodings: ['windows-1255', 'cp862'],
  },
  Arabic: {
    sentences: [
      'سيعقد الاجتماع يوم الثلاثاء',
      'يرجى تأكيد المشاركة',
      'تم دفع الفاتورة في الوقت',
      'المستند موجود في الأرشيف',
    ],
    encodings: ['windows-1256'],
  },
  Thai: {
    sentences: [
      'การประชุมจะจัดขึ้นในวันอังคาร',
      'กรุณายืนยันการเข้าร่วม',
      'ชำระเงินเรียบร้อยแล้ว',
      'เอกสารอยู่ในแฟ้ม',
    ],
    encodings: ['windows-874'],
  },
  Japanese: {
    sentences: [
      '予算について話し合いました',
      '次回の会議は火曜日に東京で行います',
      '納品は来週の予定です',
      'カタカナの商品名も電話番号も確認してください',
    ],
    encodings: ['shift_jis', 'euc-jp', 'iso-2022-jp'],
  },
  'Chinese, simplified': {
    sentences: [
      '讨论预算问题和明年的计划',
      '下次会议在星期五举行',
      '请各位同事准时参加',
      '订单已经付款并发货',
    ],
    encodings: ['gbk', 'gb18030'],
  },
  'Chinese, traditional': {
    sentences: [
      '討論預算問題和明年的計畫',
      '下次會議在星期五舉行',
      '請各位同事準時參加',
      '訂單已經付款並出貨',
    ],
    encodings: ['big5'],
  },
  Korean: {
    sentences: [
      '회의는 화요일에 서울에서 열립니다',
      '참석 여부를 확인해 주세요',
      '예산 문제를 논의했습니다',
      '주문하신 상품이 배송되었습니다',
    ],
    encodings: ['euc-kr'],
  },
};

/** Bytes of a text in any encoding that a text may be in. */
export function encode(text: string, encoding: string): Uint8Array {
  if (encoding === 'iso-2022-jp') return iso2022jp(text);
  const names: Record<string, string> = { 'x-mac-cyrillic': 'maccyrillic', macintosh: 'macroman' };
  return new Uint8Array(iconv.encode(text, names[encoding] ?? encoding));
}

/** Two bytes a character between escapes, as EUC-JP without its high bits (RFC 1468). */
function iso2022jp(text: string): Uint8Array {
  const bytes: number[] = [];
  let isWide = false;
  for (const byte of encode(text, 'euc-jp')) {
    if (byte > 0x7f !== isWide) {
      isWide = !isWide;
      bytes.push(0x1b, ...new TextEncoder().encode(isWide ? '$B' : '(B'));
    }
    bytes.push(byte & 0x7f);
  }
  if (isWide) bytes.push(0x1b, 0x28, 0x42);
  return Uint8Array.from(bytes);
}
